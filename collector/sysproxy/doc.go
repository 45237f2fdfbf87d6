// Package sysproxy finds the proxy that a system wants for a request, in the
// order in which people set it on purpose: the environment (HTTPS_PROXY), then,
// on Windows, the proxy of WinHTTP (netsh winhttp set proxy), then the Internet
// Options of the account, with their script (PAC) and their search for one
// (WPAD). On other systems the environment is all there is.
//
// What Windows tells is text: reading it is pure and tested on every system.
package sysproxy
