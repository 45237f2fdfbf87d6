// Package content holds the bundled knowledge as plain files: articles,
// remedies, signals, releases, noise, meanings of codes, synonyms and cases. It
// has no logic; package kb reads it.
package content

import "embed"

//go:embed articles remedies signals releases noise meanings synonyms cases
var files embed.FS

// Files returns the bundled content.
func Files() embed.FS { return files }
