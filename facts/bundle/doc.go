// Package bundle opens a zip that a stranger sent, as an [fs.FS] of bounded
// cost.
//
// A helpdesk zips what it collected on a failing machine; the zip may be
// damaged, packed by a tool with habits of its own, or made to harm. [Open]
// reads the directory of the archive and nothing else; [OpenParts] does so for
// several archives and the files beside them. Files are unpacked while they are
// read, never to a disk, and a zip inside the zip is not opened.
//
// # What is refused
//
// What is wrong with one entry costs that entry, and [Archive.Warnings] names
// it: a path that is absolute, climbs with "..", or has a drive; a link or a
// device; a file that is encrypted, or packed by another method than Deflate; a
// second file of the same name.
//
// What is wrong with the archive costs the archive: it is cut off
// ([ErrBroken]), its entries share bytes, as in a zip bomb ([ErrBroken]), or it
// has too many of them ([LimitError]).
//
// [Limits] hold while reading, whatever sizes the archive declares: the read
// that passes one fails with a [LimitError], which says what to do. A file of
// memory that nobody reads may therefore lie beside the logs and cost nothing.
//
// # Names
//
// Names have forward slashes; backslashes, which some tools of Windows write,
// are taken for them. Bytes that are no UTF-8 are read as code page 437, the
// one of the format. Control characters become "_". Folders need no entry of
// their own. Listings are sorted, so that a walk always has the same order.
package bundle
