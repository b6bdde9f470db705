package store_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// wantCode fails the test unless err has the code; Internal stands for no error here, which no client mends.
func wantCode(t *testing.T, err error, code troubleshoot.Code) {
	t.Helper()
	if err == nil || troubleshoot.CodeOf(err) != code {
		t.Errorf("error %v, want code %d", err, code)
	}
}

func wantSame[T any](t *testing.T, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// read gives what fn reads in a View that must succeed.
func read[T any](t testing.TB, s *store.Store, fn func(*store.Tx) (T, error)) (v T) {
	t.Helper()
	storetest.View(t, s, func(tx *store.Tx) (err error) {
		v, err = fn(tx)
		return err
	})
	return v
}

// write gives what fn gives in an Update that must succeed.
func write[T any](t testing.TB, s *store.Store, fn func(*store.Tx) (T, error)) (v T) {
	t.Helper()
	storetest.Update(t, s, func(tx *store.Tx) (err error) {
		v, err = fn(tx)
		return err
	})
	return v
}

// keep stores an intercept of a seller that is registered with the default policy where it was not.
func keep(t testing.TB, s *store.Store, i troubleshoot.Intercept) troubleshoot.Intercept {
	t.Helper()
	return write(t, s, func(tx *store.Tx) (troubleshoot.Intercept, error) {
		if err := tx.EnsureSeller(i.Line.Seller, i.CreateTime); err != nil {
			return i, err
		}
		first, _, err := tx.KeepIntercept(i)
		return first, err
	})
}

// record keeps return events.
func record(t testing.TB, s *store.Store, now int, events ...troubleshoot.ReturnEvent) (recorded, duplicates int) {
	t.Helper()
	storetest.Update(t, s, func(tx *store.Tx) (err error) {
		recorded, duplicates, err = tx.RecordReturns(events, day(now))
		return err
	})
	return recorded, duplicates
}

// wantExact fails the test unless rollups are what facts say.
func wantExact(t testing.TB, s *store.Store) {
	t.Helper()
	for _, wrong := range verify(t, s) {
		t.Error(wrong)
	}
}

func verify(t testing.TB, s *store.Store) []string {
	t.Helper()
	return read(t, s, func(tx *store.Tx) ([]string, error) {
		rollups, err := tx.VerifyRollups(func(int) {})
		if err != nil {
			return nil, err
		}
		outcomes, err := tx.VerifyOutcomes()
		if err != nil {
			return nil, err
		}
		service, err := tx.VerifyService()
		return slices.Concat(rollups, outcomes, service), err
	})
}
