CREATE TYPE boat_kind AS ENUM ('narrowboat', 'barge', 'dinghy');

CREATE TABLE boats (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  kind boat_kind NOT NULL,
  length_m numeric(4, 1) NOT NULL
);
