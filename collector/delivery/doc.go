// Package delivery brings reports to a patchmedic service over networks that
// fail, as those of failing machines do.
//
// A report is written to a [Spool] before it is sent and removed when the
// service has stored it, so that neither a crash nor a service that is away
// loses it: the next run finds it there. A [Client] repeats what may succeed
// later (no answer, 429, 5xx) until its context ends, with growing random
// pauses, and never what will not (any other 4xx). Every report carries the hash
// of its bytes as Idempotency-Key, so that one that arrived without the sender
// knowing is stored once.
package delivery
