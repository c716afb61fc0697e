DROP FUNCTION toll_for(text);
ALTER TABLE locks DROP COLUMN toll_cents;
