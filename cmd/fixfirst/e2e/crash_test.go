package e2e_test

import (
	"testing"
	"time"
)

func TestKillLosesNothing(t *testing.T) {
	s := serveSQLite(t)
	tr := &traffic{seller: "crash", step: s.sellKettles("crash", object{"holdoutFraction": 0.2})[0]}
	cycles, acknowledged := environment(t, "FIXFIRST_KILLS", 5), 0
	for cycle := range cycles {
		running := tr.keepBusy(s.client, 16, nil)
		// Kills at ever other moments: after some tenths of a second, between two of the writer's commits or within one.
		time.Sleep(200*time.Millisecond + time.Duration(cycle%17)*7*time.Millisecond)
		s.kill()
		running.Wait()
		if cycle%10 == 0 || cycle == cycles-1 {
			healthy(t, s.db)
		}
		s = s.restarted()
		checked := tr.lostNothing(t, s.client)
		if checked == 0 {
			t.Errorf("cycle %d: nothing was acknowledged, so nothing was tested", cycle)
		}
		acknowledged += checked
	}
	// Intercepts that were asked for and never answered may be there or not, but no line has two.
	if got, asked := s.counted("crash"), int(tr.lines.Load()); got > asked {
		t.Errorf("%d intercepts of %d lines", got, asked)
	}
	code, _ := s.terminate()
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	healthy(t, s.db)
	t.Logf("%d kills, %d acknowledged writes, none lost", cycles, acknowledged)
}
