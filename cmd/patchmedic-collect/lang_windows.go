package main

import "golang.org/x/sys/windows"

// uiLanguage is the first language of Windows' user interface, as in fr-FR; ""
// when it does not say.
func uiLanguage() string {
	names, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME)
	if err != nil || len(names) == 0 {
		return ""
	}
	return names[0]
}
