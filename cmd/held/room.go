package main

import "held/care/medicine"

// openRooms makes the medicine rooms.
func (h *house) openRooms() {
	h.medicine = &medicine.Service{
		DB: h.db, Vault: h.vault, Trail: h.trail, People: h.people, Settings: h.settings, Calendar: h.calendar, Protocol: h.protocol, Preparation: h.preparation, Now: h.now,
		Still: h.sessions.Still,
	}
}
