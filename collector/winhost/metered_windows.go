package winhost

import "context"

// metered asks nobody here: the other half of the package holds the answer.
func metered(context.Context) *bool { return nil }
