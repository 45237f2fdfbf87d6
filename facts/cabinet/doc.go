// Package cabinet reads the file in a cabinet (.cab), as Windows makes of its older
// servicing logs: CbsPersist_*.cab holds one log, packed with MSZIP by makecab.
//
// The format is that of Microsoft's "Cabinet File Format" ([MS-CAB]) and "MSZIP
// Compression and Decompression Data Format" ([MS-MCI]): blocks of at most 32 KiB, each
// a stream of Deflate (RFC 1951) that may refer to the block before. Checksums are not
// looked at: a log with a damaged line is worth more than none.
//
// What is packed otherwise (LZX, Quantum) and cabinets of several parts are refused.
// One block is held in memory at a time, whatever the cabinet states.
package cabinet
