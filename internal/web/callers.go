package web

import (
	"net/http"
	"sync/atomic"
)

// Callers watches whether a site's requests tell where they come from. Behind
// a proxy that does not, Client has nothing to go by: on this machine nobody is
// counted, in a private network everybody is counted as one.
type Callers struct {
	// Turned is called when Hidden turns; it must not block.
	Turned     func()
	told, mute atomic.Int64
}

// muteEnough is how many requests must have been silent, and no other come,
// before that says something about the proxy: the operator looks too.
const muteEnough = 25

// Hidden tells whether every request so far kept its origin to itself.
func (c *Callers) Hidden() bool { return c.told.Load() == 0 && c.mute.Load() >= muteEnough }

func (c *Callers) note(r *http.Request) {
	if c == nil || c.told.Load() > 0 {
		return
	}
	turned := false
	if tells(r) {
		turned = c.told.Add(1) == 1
	} else {
		turned = c.mute.Add(1) == muteEnough
	}
	if turned && c.Turned != nil {
		c.Turned()
	}
}

// tells says whether a request names a caller out in the world.
func tells(r *http.Request) bool {
	peer, known := parseAddr(r.RemoteAddr)
	if !known || !peer.IsLoopback() && !peer.IsPrivate() {
		return true
	}
	_, there := forwarded(r)
	return there
}
