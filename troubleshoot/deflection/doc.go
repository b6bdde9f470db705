// Package deflection infers what help did to returns: it takes counts and sums
// per experiment arm and gives effects with intervals, the sample-ratio check
// and money. SQL adds up; this package infers. It is pure: sums in, values out.
// LearnGuide infers how the steps of a guide do, and in which order they would cost
// shoppers least.
//
// The only causal numbers are holdout-minus-offered differences. What is counted
// inside the offered arm alone is "attributed" and feeds no savings figure.
//
// # Where each method is
//
// The names on the left are those of the reference vectors in testdata.
//
//	newcombe_diff, newcombe_neff  arms.newcombe                     Newcombe (1998), method 10, hybrid Wilson score
//	relative_avoided              arms.relativeAvoided              Donner & Zou (2012), MOVER for a ratio
//	cs_cstar                      cStar                             Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, arXiv 2103.06476
//	cs_multiplier, newcombe_cs    clock.multiplier                  the same, eq. 9; K in Newcombe's place of z is ours
//	always_valid_p                clock.evidence                    normal-mixture e-value, Robbins (1970)
//	poststrat                     mergeCells, cells.rates           post-stratification with a smoothed variance
//	fieller                       fieller                           Fieller (1954)
//	late                          contrast.engaged                  Imbens & Angrist (1994), set of Anderson & Rubin (1949)
//	deflection_bridge             baselineKeepers, contrast.factor  an identity, and Fieller
//	savings                       newContrast, contrast.perDeflectiontwo-sample means, and Fieller
//	line_cost                     Unit.Sums, Sums.Moments           arithmetic: one unit's cost at the epoch's wage
//	unit_saving                   Estimate                          the same arithmetic, from a whole experiment
//	srm_chi2, srm_log_evalue      srmChiSquare, srmLogE             Fabijan et al. (2019); Lindon & Malek (2022)
//	troubleshoot_order            sequence.leastCost                Heckerman, Breese & Rommelse (1995); Sidney (1975)
//	troubleshoot_prefix           sequence.stop                     the same
//	step_p_fixed_order            fixedOrder                        product of Beta posteriors, Connor & Mosimann (1969)
//	fault_em                      faultEM                           Dempster, Laird & Rubin (1977); Louis (1982)
//	csdr, service_level           Service                           shares with score limits, Wilson (1927)
//	csdr_votes                    Outvote                           the latest vote of an order line
//	contact_response              FoldService, FoldPending          counts; what is pending is excluded
//	concurrency                   Service, troubleshoot.WorkClock   integrals over time; the interval sweep is in the tests
//	agresti_caffo_diff            tests only                        cross-check of newcombe, Agresti & Caffo (2000)
package deflection
