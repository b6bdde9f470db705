package guides

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestDocsNameEveryRule keeps the sellers' page true.
func TestDocsNameEveryRule(t *testing.T) {
	page, err := os.ReadFile("../docs/writing-guides.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range Rules() {
		if row := fmt.Sprintf("| `%s` | %s | %s |", r.ID, r.Severity, r.Description); !strings.Contains(string(page), row) {
			t.Errorf("docs/writing-guides.md lacks the row\n%s", row)
		}
	}
}
