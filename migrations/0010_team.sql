-- +goose Up
-- Who cares for a client, in which role. A record opens to its team, to nobody
-- by rank.
CREATE TABLE people_team (
    practice_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    role TEXT NOT NULL,
    since_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, client_id, person_id, role)
);
-- Whoever has met somebody in an appointment has been caring for them.
INSERT INTO people_team (practice_id, client_id, person_id, role, since_at)
SELECT a.practice_id, a.client_id, a.host_id, r.role, MIN(a.made_at)
FROM calendar_appointments a
JOIN people_roles r ON r.practice_id = a.practice_id AND r.person_id = a.host_id AND r.role IN ('guide', 'prescriber')
GROUP BY a.practice_id, a.client_id, a.host_id, r.role;
-- A record that was opened by somebody who is not on its team, for a stated
-- reason and for a while. What they wrote about it is sealed under the client's key.
CREATE TABLE people_glass (
    practice_id BYTEA NOT NULL,
    client_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    person_id BYTEA NOT NULL,
    reason TEXT NOT NULL,
    words BYTEA NOT NULL,
    opened_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, client_id, id)
);
CREATE INDEX people_glass_ends ON people_glass (practice_id, ends_at);
