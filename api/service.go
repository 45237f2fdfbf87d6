package api

import (
	"net/http"
	"runtime"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/docs/openapi"
)

// statusAnswer says how the service is.
type statusAnswer struct {
	Status string `json:"status" enums:"ok,ready"`
} // @name Status

// versionAnswer says which program answers from which content.
type versionAnswer struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
	// Content is the revision of the content.
	Content string `json:"content"`
	// Site is about the site's own folder of content; absent without one.
	Site *siteContent `json:"site,omitempty"`
} // @name Version

// siteContent is what became of the last change in the site's folder.
type siteContent struct {
	// Faults keep the newest content from being served: patchmedic lint names them, and the log.
	Faults int       `json:"faults"`
	Since  time.Time `json:"since"`
} // @name SiteContent

// root sends a person to the page where the API can be tried.
func (s *server) root(c *gin.Context) error {
	c.Header("Location", "/api/docs")
	c.Status(http.StatusFound)
	c.Writer.WriteHeaderNow()
	return nil
}

// health godoc
//
//	@Summary	Tell that the program runs
//	@Tags		service
//	@Produce	json
//	@Success	200	{object}	statusAnswer
//	@Failure	default	{object}	problem
//	@Router		/healthz [get]
func (s *server) health(c *gin.Context) error { return answer(c, 200, statusAnswer{"ok"}) }

// ready godoc
//
//	@Summary	Tell whether words are searched; codes and advice are answered from the first moment
//	@Tags		service
//	@Produce	json
//	@Success	200	{object}	statusAnswer
//	@Failure	503	{object}	problem	"The text index is being built"
//	@Failure	default	{object}	problem
//	@Router		/readyz [get]
func (s *server) ready(c *gin.Context) error {
	if !s.Ready() {
		return errNotReady
	}
	return answer(c, 200, statusAnswer{"ready"})
}

// version godoc
//
//	@Summary	Tell which program answers from which content
//	@Tags		service
//	@Produce	json
//	@Success	200	{object}	versionAnswer
//	@Failure	default	{object}	problem
//	@Router		/version [get]
func (s *server) version(c *gin.Context) error {
	out := versionAnswer{Version: s.Version.Version, Commit: s.Version.Commit, Go: runtime.Version(), Content: s.read.Library().Revision()}
	if s.Site != nil {
		faults, since := s.Site()
		out.Site = &siteContent{faults, since.UTC()}
	}
	return answer(c, 200, out)
}

// description godoc
//
//	@Summary	Read this description
//	@Tags		service
//	@Produce	json
//	@Success	200	{object}	object	"OpenAPI 3.1"
//	@Failure	default	{object}	problem
//	@Security	Bearer
//	@Router		/api/v1/openapi.json [get]
func (s *server) description(c *gin.Context) error {
	if !sendTag(c, contentTag(openapi.JSON())) {
		send(c, 200, jsonType, openapi.JSON())
	}
	return nil
}
