package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/internal/cases"
)

// The page that shows the description: Swagger UI 5.35.0 (npm package
// swagger-ui-dist, Apache-2.0), its two large files packed with gzip -9 -n, and
// a page and a script of ours without anything inline.
//
//go:embed ui
var uiFiles embed.FS

// uiTypes are the files that are served, with their types.
var uiTypes = map[string][]string{
	"index.html":           {"text/html; charset=utf-8"},
	"page.css":             {"text/css; charset=utf-8"},
	"page.js":              {"text/javascript; charset=utf-8"},
	"swagger-ui.css":       {"text/css; charset=utf-8"},
	"swagger-ui-bundle.js": {"text/javascript; charset=utf-8"},
	"favicon-32x32.png":    {"image/png"},
	"LICENSE":              {"text/plain; charset=utf-8"},
	"NOTICE":               {"text/plain; charset=utf-8"},
	// The licences of what the script holds; its first line names this file.
	"swagger-ui-bundle.js.LICENSE.txt": {"text/plain; charset=utf-8"},
}

var (
	gzipEncoding = []string{"gzip"}
	varyEncoding = []string{"Accept-Encoding"}
)

// docsFile serves the page that shows the description, and its files. They hold
// no content and need no token; the description stands beside them for that.
func (s *server) docsFile(c *gin.Context) error {
	name := c.Param("file")
	switch name {
	case "":
		name = "index.html"
	case "openapi.json":
		return s.description(c)
	}
	contentType, ok := uiTypes[name]
	if !ok {
		return fmt.Errorf("file %q: %w", name, cases.ErrNotFound)
	}
	c.Writer.Header()["Content-Security-Policy"] = ownFiles
	if data, err := uiFiles.ReadFile("ui/" + name); err == nil {
		if !sendTag(c, contentTag(data)) {
			send(c, http.StatusOK, contentType, data)
		}
		return nil
	}
	return sendPacked(c, name, contentType)
}

// sendPacked serves a file that is embedded compressed, unpacked for clients
// that do not take gzip.
func sendPacked(c *gin.Context, name string, contentType []string) error {
	data, err := uiFiles.ReadFile("ui/" + name + ".gz")
	if err != nil {
		return fmt.Errorf("file %q: %w", name, cases.ErrNotFound)
	}
	h := c.Writer.Header()
	h["Vary"] = varyEncoding
	tag := contentTag(data)
	if acceptsGzip(c.GetHeader("Accept-Encoding")) {
		if !sendTag(c, strings.TrimSuffix(tag, `"`)+`.gz"`) {
			h["Content-Encoding"] = gzipEncoding
			send(c, http.StatusOK, contentType, data)
		}
		return nil
	}
	if sendTag(c, tag) {
		return nil
	}
	plain, err := unpack(data)
	if err != nil {
		return fmt.Errorf("unpack %s: %w", name, err)
	}
	send(c, http.StatusOK, contentType, plain)
	return nil
}

func unpack(data []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// contentTag is the ETag of bytes that are part of the program.
func contentTag(data []byte) string {
	sum := sha256.Sum256(data)
	return `"` + hex.EncodeToString(sum[:8]) + `"`
}
