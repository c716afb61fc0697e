CREATE TABLE passages (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  boat_id bigint NOT NULL REFERENCES boats (id),
  lock_id bigint NOT NULL REFERENCES locks (id),
  passed_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX passages_lock_id_passed_at_idx ON passages (lock_id, passed_at);
