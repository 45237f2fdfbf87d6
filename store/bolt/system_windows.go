package bolt

// mapped is 0: the file would have that length at once.
const mapped = 0

// syncFolder has nothing to do: a folder cannot be synced there, and NTFS
// journals that a file was made or renamed.
func syncFolder(string) error { return nil }
