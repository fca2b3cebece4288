package calendar

import (
	"net/http"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/web"
	"held/practice/access"
)

// roomsView is the page of the rooms: each can be renamed, one can be added.
type roomsView struct {
	Rooms   []Room
	Edit    bool
	Said    string
	Typed   map[db.ID]string // what was typed and refused, under the room's id; the zero id is the new one
	Problem string
}

// name is what stands in a room's field.
func (v roomsView) name(r Room) string {
	if typed, there := v.Typed[r.ID]; there {
		return typed
	}
	return r.Name
}

// problem is what is to be changed in a room's field.
func (v roomsView) problem(id db.ID) string {
	if _, there := v.Typed[id]; there {
		return v.Problem
	}
	return ""
}

func roomField(id db.ID) string {
	if id.IsZero() {
		return "f-new-room"
	}
	return "f-" + id.String()
}

func (s *Pages) showRooms(w http.ResponseWriter, r *http.Request) error {
	return s.roomsPage(w, r, http.StatusOK, roomsView{Said: saidWords(r)})
}

func (s *Pages) roomsPage(w http.ResponseWriter, r *http.Request, status int, v roomsView) error {
	var err error
	if v.Rooms, err = s.Calendar.Rooms(r.Context()); err != nil {
		return err
	}
	v.Edit = access.Can(r.Context(), access.Write, access.Resource{Class: access.Settings})
	p, err := s.chrome(r, "Rooms")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, roomsPage(p, v))
}

var errNoRoom = fault.New(fault.NotFound, "There is no such room.")

// saveRoom adds a room, or renames the one in the address.
func (s *Pages) saveRoom(w http.ResponseWriter, r *http.Request) error {
	room := Room{}
	if r.PathValue("id") != "" {
		var err error
		if room, err = s.room(r); err != nil {
			return err
		}
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	room.Name = f.Line("name", MaxName)
	if err = f.Err(); err == nil {
		if _, err = s.Calendar.SaveRoom(r.Context(), room); err == nil {
			return web.See(w, r, "/desk/settings/rooms?said=saved")
		}
	}
	e, ok := refused(err)
	if !ok {
		return err
	}
	return s.roomsPage(w, r, e.Kind.Status(), roomsView{Typed: map[db.ID]string{room.ID: f.Raw("name")}, Problem: e.Fields["name"]})
}

func (s *Pages) room(r *http.Request) (Room, error) {
	id, err := idInPath(r, errNoRoom)
	if err != nil {
		return Room{}, err
	}
	all, err := s.Calendar.Rooms(r.Context())
	if err != nil {
		return Room{}, err
	}
	for _, x := range all {
		if x.ID == id {
			return x, nil
		}
	}
	return Room{}, errNoRoom
}
