// Package audit checks a whole library: what no document can say of itself.
// That every cause has a case and its evidence more than the machine's state,
// that no two signals are the same condition, that both languages say the same
// commands and codes, that no two documents share a paragraph. It also counts
// what there is, for `patchmedic lint --report`.
package audit
