// Package routing brings waiting sessions and experts together: who takes which session next, how long one who waits has to
// expect, and how many experts an hour needs. It is pure: queue, experts and now in, values out.
//
// # Where each method is
//
//	erlang_b, erlang_c, staff_erlang_c  ErlangB, ErlangC, StaffErlangC  Erlang (1917)
//	erlang_a, staff_erlang_a            ErlangA, StaffErlangA           Palm (1957); Garnett, Mandelbaum & Reiman (2002)
//	predicted wait                      PredictedWait                   Whitt (1999); Ibrahim & Whitt (2009), estimator QLm
//	measured patience                   Measured.Patience               censored exponential: time at risk by events
package routing
