import { expect, test } from "vitest";
import { redact } from "../../src/sessions/redact.ts";

test.each([
  [
    "cannot connect to postgresql+psycopg://keeper:pw@db.example.com:5432/x today",
    "cannot connect to postgresql+psycopg://*** today",
  ],
  ["redis://:pw@cache/0", "redis://***"],
  ["url='postgres://db.example.com/prod'", "url='postgres://***'"],
  ["dsn host=db password=tide user=x", "dsn host=db password=*** user=x"],
  ["connect(password='ti de', x)", "connect(password=***, x)"],
  ["the tide/gate opened for tide%2Fgate", "the *** opened for ***"],
  ["https://www.postgresql.org/docs/", "https://www.postgresql.org/docs/"],
  ["column token_count does not exist", "column token_count does not exist"],
])("%s", (text, expected) => {
  expect(redact(text, ["tide/gate"])).toBe(expected);
});
