// Package kb holds what people wrote about failed Windows updates: articles
// (one cause each), remedies (one thing a person does), signals (what can be
// observed), releases, noise, meanings of codes and synonyms.
//
// # Content
//
// Content is plain files in an [fs.FS]; logic stands once, in YAML, prose in
// Markdown, one file a language:
//
//	signals/<domain>.yaml
//	articles/<id>/     article.yaml  fr.md  en.md
//	remedies/<action>/ remedy.yaml   fr.md  en.md
//	releases/windows.yaml  noise/logs.yaml  meanings/windows.yaml
//	synonyms/fr.txt  synonyms/en.txt
//
// [Load] reads it strictly (a misspelt field is a fault), checks all of it
// against itself and against the tables of codes, and returns either a
// [Library] or [Problems]: every fault with its file, its line and what to do.
//
// A Library is an immutable snapshot: readers keep the one they began with
// while an editor's change makes the next.
package kb
