DROP TABLE boats;
DROP TYPE boat_kind;
