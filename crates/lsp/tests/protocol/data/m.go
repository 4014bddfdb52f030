package m

type record struct {
	ok    bool
	count int64
	last  bool
}

func add(a, b int) int { return a + b }

func names(all []record) []string {
	var found []string
	for _, one := range all {
		if one.ok {
			found = append(found, "größe")
		}
	}
	return found
}

func join(parts []string) string {
	text := ""
	for _, part := range parts {
		text += part
	}
	return text
}

func locked(f func()) { defer f() }
