package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// schema lists "table.column type nullable" of a database, without goose's own table.
func schema(t *testing.T, url string) []string {
	t.Helper()
	raw := storetest.Raw(t, url)
	query := `SELECT table_name, column_name, data_type, is_nullable = 'NO' FROM information_schema.columns WHERE table_schema = 'public'`
	if strings.HasPrefix(url, "sqlite:") {
		query = `SELECT m.name, c.name, c.type, c."notnull" FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'`
	}
	var columns []string
	for _, row := range rowsOf(t, raw, query) {
		if row[0] != "goose_db_version" && !strings.HasPrefix(row[0], "sqlite_") {
			// Bytes have another name on each engine.
			columns = append(columns, strings.ReplaceAll(strings.ToLower(strings.Join(row, " ")), " bytea ", " blob "))
		}
	}
	slices.Sort(columns)
	return columns
}

// keysOf lists "table: columns" of the primary and unique keys and other indexes of a database.
func keysOf(t *testing.T, url string) []string {
	t.Helper()
	raw := storetest.Raw(t, url)
	var keys []string
	if strings.HasPrefix(url, "sqlite:") {
		for _, row := range rowsOf(t, raw, `SELECT m.name, l."unique", (SELECT group_concat(name) FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno))
FROM sqlite_master m JOIN pragma_index_list(m.name) l WHERE m.type = 'table'`) {
			keys = append(keys, strings.Join(row, " "))
		}
	} else {
		for _, row := range rowsOf(t, raw, `SELECT c.relname, i.indisunique, (SELECT string_agg(a.attname, ',' ORDER BY k.n)
FROM unnest(i.indkey::int[]) WITH ORDINALITY AS k (attnum, n) JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum)
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace s ON s.oid = c.relnamespace WHERE s.nspname = 'public'`) {
			keys = append(keys, strings.Join(row, " "))
		}
	}
	keys = slices.DeleteFunc(keys, func(key string) bool {
		return strings.HasPrefix(key, "goose_db_version") || strings.HasPrefix(key, "sqlite_")
	})
	slices.Sort(keys)
	return keys
}

// rowsOf reads all rows as text, truths as true and false.
func rowsOf(t *testing.T, db *sql.DB, query string) [][]string {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for rows.Next() {
		values, targets := make([]any, len(names)), make([]any, len(names))
		for n := range values {
			targets[n] = &values[n]
		}
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		row := make([]string, len(names))
		for n, v := range values {
			switch v {
			case int64(0):
				v = false
			case int64(1):
				v = true
			}
			row[n] = fmt.Sprint(v)
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEnginesHaveOneSchema(t *testing.T) {
	lite, pg := storetest.SQLite(t), storetest.Postgres(t)
	storetest.Open(t, lite)
	storetest.Open(t, pg)
	if got := schema(t, lite); len(got) < 100 {
		t.Fatalf("only %d columns are found in SQLite", len(got))
	}
	wantSame(t, schema(t, lite), schema(t, pg))
	if got := keysOf(t, lite); len(got) < 18 {
		t.Fatalf("only %d keys are found in SQLite", len(got))
	}
	wantSame(t, keysOf(t, lite), keysOf(t, pg))
}

func TestNewerSchemaIsRefused(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		storetest.Open(t, url)
		if _, err := storetest.Raw(t, url).Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, TRUE)`); err != nil {
			t.Fatal(err)
		}
		_, err := store.Open(context.Background(), url, store.Options{})
		if err == nil || !strings.Contains(err.Error(), "999") {
			t.Errorf("a database of a newer binary: %v", err)
		}
	})
}

// TestMigratingAgainChangesNothing opens a database with rows once more.
func TestMigratingAgainChangesNothing(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		first := storetest.Open(t, url)
		i := keep(t, first, storetest.Intercept(storetest.Line("acme", "o1"), day(0)))
		keepSession(t, first, i, storetest.Session(i, day(0)))
		publish(t, first, putGuide(t, first, storetest.Guide("acme", "kettle", 3, "KETTLE"), 0), 0)
		record(t, first, 1, storetest.Return(i.Line, "e1", troubleshoot.ReturnRequested, day(1)))
		before := schema(t, url)
		again := storetest.Open(t, url)
		wantSame(t, schema(t, url), before)
		wantExact(t, again)
		wantSame(t, cellsOf(t, again, always, day(1)), cellsOf(t, first, always, day(1)))
		wantSame(t, guide(t, again, "kettle"), guide(t, first, "kettle"))
	})
}
