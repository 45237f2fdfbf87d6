// Package signal evaluates conditions over a report in three values.
//
// A [Condition] is data that an author writes; [Compile] turns it into a
// [Compiled] tree once, refusing what nothing could ever answer. Its answer is
// Yes with the facts that witness it, No, or Unknown. It is No only where the
// fact is known:
//
//   - a single fact that the report states (null is a statement);
//   - an element of a list, found by the list's key, with another value;
//   - a list that is stated to be empty, or that the report names complete.
//
// Everything else is Unknown: what a report leaves out is never held against a
// cause. Joins that data cannot say ("offered and installed") are predicates,
// a visible list in this package.
package signal
