// Package access says who calls and what they may do: tokens, the scopes that a
// token lists, and the principal that it makes of its bearer.
//
// The secret of a token is shown once, when it is made. What is kept is its
// SHA-256: whoever reads the records or a backup cannot call with it.
package access
