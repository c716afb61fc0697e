CREATE TABLE locks (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  chamber_length_m numeric(5, 1) NOT NULL CHECK (chamber_length_m > 0)
);
