// Package search finds articles from what people type: an error code in any
// spelling, the number of an update, a symbol, or a sentence with typing errors.
//
// # Two halves
//
// What is exact needs no index: codes, updates and symbols are maps made from
// the Library, so they are answered at once, also while the text index is being
// built. Words go to a Bleve index, one document an article, one field a
// language. The index keeps terms, frequencies and lengths and nothing else: no
// bodies, term vectors or doc values. Everything that is shown (titles,
// highlights, facets) comes from the Library of the search.
//
// An [Index] is a cache. Its folder can be deleted at any time; what is damaged
// or was made by another version is removed and built again by [Index.Sync].
//
// # Order of the hits
//
// First the articles that list a code of the query, then those that list an
// update, then those of a related code (the same result with another second
// number), then text: all words in the reader's language, all words in another
// one where that gave few, the better part of the words where that gave next to
// nothing and the query named no code. Below a share of the words, weighed by how
// much they tell, nothing is found. Among the articles of a code the other words
// decide, then how common the cause is; a generic article comes last.
//
// # Words
//
// Text is cut into words of letters and digits, folded to lower case without
// accents, freed of stop words and stemmed by the language. The same function
// serves articles, queries, highlights and [Index.Hints]. Synonyms of the
// Library are alternatives of a query's words. A word that no article has is
// replaced by the most frequent word at a distance of one edit (four to seven
// letters) or two (from eight); never one with a digit in it.
//
// # One edition
//
// A search belongs to the Library it is given: hits that this Library does not
// hold in exactly this revision are dropped. The documents of the Library that
// was synced before stay in the index until the next Sync, so a search that
// began before an edit finds what it would have found, and nothing in between.
package search
