ALTER TABLE locks ADD COLUMN toll_cents integer NOT NULL DEFAULT 0;

CREATE FUNCTION toll_for(lock_name text) RETURNS integer
LANGUAGE sql STABLE
AS $$
  SELECT toll_cents FROM locks WHERE name = lock_name;
$$;
