// Package errcode decodes the error codes of Windows: a number in any
// spelling to its symbol, facility and wrapper, a symbol to its number, and
// the codes out of a text or a log.
//
// # Codes
//
// A [Code] is the number that advice is filed under: the 32-bit form, and for
// a result of Windows Setup its second number too (0xc1900101-0x20017).
// Win32 numbers have no home of their own there: 1058 is 0x80070422, the
// HRESULT that wraps it. The zero Code is S_OK; "no code" is said by other
// means (an error, an absent pointer, an empty list).
//
// # Reading
//
//   - [Parse] takes an input that is one code and nothing else: hexadecimal,
//     signed or unsigned decimal, a bare Win32 number, a symbol. Its error is
//     a [*ParseError] that says what to do next.
//   - [Find] takes a text of any language or a log and returns every code in
//     it with its place. It is strict where Parse is generous: a bare number
//     counts only after a word such as error, and KB numbers, builds, GUIDs,
//     hashes and addresses never count.
//   - [Hints] returns what in a text is no code but asks for a question: a
//     truncated number, an extend code without its result, the "Code 39" of
//     Device Manager.
//   - [Near] guesses at a mistyped number or symbol. A guess is an offer,
//     never a correction.
//
// # Decoding
//
// [Lookup] never fails: for a number that nobody names it still tells the
// facility and the severity. One number may have several names. The preferred
// one is [Info].Symbol: the Win32 name for 0x8007xxxx, winerror.h before other
// headers, WinHTTP before WinInet, CBS before DISMAPI. [Match.Info] prefers
// the name that stood in the text.
//
// A stop code (0x7b after "stop") and a Win32 number share one range. A match
// of kind [KindBugCheck] therefore goes to [BugCheck], not to Lookup.
//
// # The table
//
// Every row names its source; see [All]. go generate writes table.bin from
// golang.org/x/sys, the headers of Debian's mingw-w64-common and the
// hand-kept tables/*.csv. The package reads it in place: nothing is decoded
// at start, and names are put together when asked for. All functions are safe
// for concurrent use.
package errcode

//go:generate go run ./internal/gen
