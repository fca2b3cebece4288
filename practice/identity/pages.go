package identity

import (
	"net/http"

	"held/internal/web"
	"held/practice/access"
)

// Routes is the way in and out, and a person's own page about it.
func (s *Service) Routes() []web.Route {
	return append([]web.Route{
		{Pattern: "GET /sign-in", Access: access.Anyone, Handle: s.ask},
		{Pattern: "POST /sign-in", Access: access.Anyone, Handle: s.send},
		{Pattern: "POST /sign-in/options", Access: access.Anyone, Handle: s.askPasskey},
		{Pattern: "POST /sign-in/passkey", Access: access.Anyone, Handle: s.takePasskey},
		{Pattern: "GET /sign-in/code", Access: access.Anyone, Handle: s.askCode},
		{Pattern: "POST /sign-in/code", Access: access.Anyone, Handle: s.takeCode},
		{Pattern: "GET /sign-in/provider", Access: access.Anyone, Handle: s.toProvider},
		{Pattern: "GET /sign-in/provider/back", Access: access.Anyone, Handle: s.fromProvider},
		{Pattern: "GET /sign-in/{token}", Access: access.ByLink, Handle: s.arrive},
		{Pattern: "POST /sign-in/{token}", Access: access.ByLink, Handle: s.enter},
		{Pattern: "POST /sign-out", Access: access.Anyone, Handle: s.leave},
		{Pattern: "POST /sign-out/everywhere", Access: access.SignedIn, Handle: s.leaveAll},
		// Whoever stands before a locked device is nobody until they have unlocked it.
		{Pattern: "GET /locked", Access: access.Anyone, Handle: s.locked},
		{Pattern: "POST /locked/pin", Access: access.Anyone, Handle: s.unlockByPIN},
		{Pattern: "POST /locked/code", Access: access.Anyone, Handle: s.unlockByCode},
		{Pattern: "POST /locked/options", Access: access.Anyone, Handle: s.unlockOptions},
		{Pattern: "POST /locked/passkey", Access: access.Anyone, Handle: s.unlockByPasskey},
	}, s.accountRoutes()...)
}

func (s *Service) accountRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /account", Access: access.SignedIn, Handle: s.account},
		{Pattern: "GET /account/confirm", Access: access.SignedIn, Handle: s.confirm},
		{Pattern: "POST /account/confirm", Access: access.SignedIn, Handle: s.confirmByCode},
		{Pattern: "POST /account/confirm/options", Access: access.SignedIn, Handle: s.confirmOptions},
		{Pattern: "POST /account/confirm/passkey", Access: access.SignedIn, Handle: s.confirmByPasskey},
		{Pattern: "POST /account/confirm/mail", Access: access.SignedIn, Handle: s.sendCode},
		{Pattern: "GET /account/second", Access: access.SignedIn, Handle: s.second},
		{Pattern: "POST /account/passkeys/options", Access: access.SignedIn, Handle: s.registerOptions},
		{Pattern: "POST /account/passkeys", Access: access.SignedIn, Handle: s.addPasskey},
		{Pattern: "POST /account/passkeys/{id}/name", Access: access.SignedIn, Handle: s.renamePasskey},
		{Pattern: "POST /account/passkeys/{id}/remove", Access: access.SignedIn, Handle: s.dropPasskey},
		{Pattern: "POST /account/app", Access: access.SignedIn, Handle: s.setUpApp},
		{Pattern: "POST /account/app/confirm", Access: access.SignedIn, Handle: s.confirmApp},
		{Pattern: "POST /account/app/remove", Access: access.SignedIn, Handle: s.dropApp},
		{Pattern: "POST /account/codes", Access: access.SignedIn, Handle: s.newCodes},
		{Pattern: "POST /account/provider/remove", Access: access.SignedIn, Handle: s.unlink},
		{Pattern: "POST /account/sessions/{id}/end", Access: access.SignedIn, Handle: s.endSession},
		{Pattern: "POST /account/shared", Access: access.SignedIn, Handle: s.share},
		{Pattern: "POST /account/shared/stop", Access: access.SignedIn, Handle: s.unshare},
		{Pattern: "POST /account/lock", Access: access.SignedIn, Handle: s.lock},
		{Pattern: "POST /account/awake", Access: access.SignedIn, Handle: awake},
	}
}

// awake is asked by a page in which somebody types: what they type is a use of
// the session too, and the way here has noted it.
func awake(w http.ResponseWriter, _ *http.Request) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}
