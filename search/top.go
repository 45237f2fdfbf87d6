package search

import "slices"

// top keeps the best of what it is offered.
type top struct {
	v    *view
	most int
	heap []scored // the worst first
}

// newTop keeps as many as a page needs, never fewer than are ranked again, so
// that the order does not depend on the page.
func newTop(c *collector, most int) *top { return &top{v: c.v, most: max(most, window)} }

func (t *top) worse(a, b *scored) bool {
	if a.score != b.score {
		return a.score < b.score
	}
	if p, q := t.v.entries[a.entry].prior, t.v.entries[b.entry].prior; p != q {
		return p < q
	}
	return a.entry > b.entry
}

func (t *top) offer(s scored) {
	if len(t.heap) < t.most {
		t.heap = append(t.heap, s)
		for i := len(t.heap) - 1; i > 0; {
			parent := (i - 1) / 2
			if !t.worse(&t.heap[i], &t.heap[parent]) {
				break
			}
			t.heap[i], t.heap[parent] = t.heap[parent], t.heap[i]
			i = parent
		}
		return
	}
	if !t.worse(&t.heap[0], &s) {
		return
	}
	t.heap[0] = s
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(t.heap); child++ {
			if t.worse(&t.heap[child], &t.heap[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		t.heap[i], t.heap[least] = t.heap[least], t.heap[i]
		i = least
	}
}

func (t *top) sorted() []scored {
	t.sort(t.heap)
	return t.heap
}

func (t *top) sort(list []scored) {
	slices.SortFunc(list, func(a, b scored) int {
		switch {
		case t.worse(&b, &a):
			return -1
		case t.worse(&a, &b):
			return 1
		}
		return 0
	})
}
