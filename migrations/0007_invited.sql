-- +goose Up
-- The practice's word to one person that they may book one kind of appointment
-- by themselves, as often as it says and until it ends.
CREATE TABLE inquiry_invitations (
    practice_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    offering_id BYTEA NOT NULL,
    state TEXT NOT NULL,
    allowed BIGINT NOT NULL,
    used BIGINT NOT NULL,
    appointment_id BYTEA,
    made_by BYTEA,
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, id)
);
-- A person has one open invitation to a kind of appointment: inviting again renews it.
CREATE UNIQUE INDEX inquiry_invitations_one ON inquiry_invitations (practice_id, person_id, offering_id) WHERE state = 'open';
CREATE INDEX inquiry_invitations_person ON inquiry_invitations (practice_id, person_id, made_at);
CREATE INDEX inquiry_invitations_open ON inquiry_invitations (practice_id, state, expires_at, id);
-- What was agreed when an appointment was booked, sealed. Appointments from
-- before have none.
ALTER TABLE calendar_appointments ADD COLUMN terms BYTEA;
-- One offer at a time: of an opening, and to somebody who waits. The key is
-- what holds it, however many programs look along the list.
UPDATE inquiry_offers SET state = 'expired' WHERE state = 'open' AND EXISTS (
    SELECT 1 FROM inquiry_offers o WHERE o.practice_id = inquiry_offers.practice_id AND o.state = 'open' AND o.id < inquiry_offers.id
    AND (o.waiting_id = inquiry_offers.waiting_id OR o.offering_id = inquiry_offers.offering_id AND o.from_at = inquiry_offers.from_at));
CREATE UNIQUE INDEX inquiry_offers_of_opening ON inquiry_offers (practice_id, offering_id, from_at) WHERE state = 'open';
CREATE UNIQUE INDEX inquiry_offers_to_one ON inquiry_offers (practice_id, waiting_id) WHERE state = 'open';
