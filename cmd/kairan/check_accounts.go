package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"example.jp/kairan/cmd/internal/config"
	"example.jp/kairan/cmd/internal/control"
)

// checkAccounts looks for the accounts and groups that the configuration names: one that
// this computer does not know may do nothing.
func checkAccounts(ctx context.Context, cfg *config.Config) (string, error) {
	names := slices.Clone(cfg.Operators)
	for _, id := range cfg.Order {
		names = slices.Concat(names, cfg.Staff[id].Writers, cfg.Staff[id].Approvers)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	var unknown []string
	for _, name := range names {
		if _, _, known := control.IDOf(ctx, name); !known {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		return "", errWarned(fmt.Sprintf("this computer knows no %s, who may do nothing then; make them, or mend writers, approvers and operators", strings.Join(unknown, ", ")))
	}
	if len(names) == 0 {
		return "nobody is named: whoever may use the control socket works on every list, and root and the service's own account operate", nil
	}
	return "each that is named is known", nil
}
