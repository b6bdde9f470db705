package store

// GuideReportQueries are what a guide report reads steps with, by the search that must lead.
var GuideReportQueries = map[string][]string{
	"USING COVERING INDEX session_steps_guide (guide=? AND session>? AND session<?)": {
		GuideReportFilter{Guide: "g"}.stepRecordsQuery(), GuideReportFilter{Guide: "g", Seller: "s"}.stepRecordsQuery()},
	"s USING INDEX sessions_seller (seller=? AND id>? AND id<?)": {GuideReportFilter{Seller: "s"}.stepRecordsQuery()},
	"s USING PRIMARY KEY (id>? AND id<?)":                        {GuideReportFilter{}.stepRecordsQuery()},
}
