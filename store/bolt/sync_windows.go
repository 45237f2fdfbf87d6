package bolt

// syncFolder has nothing to do: a folder cannot be synced there, and NTFS
// journals a renaming.
func syncFolder(string) error { return nil }
