import { Migration } from "@mikro-orm/migrations";

export class Migration20260119134200_moorings extends Migration {
  override up(): void {
    this.addSql(`create type "mooring_kind" as enum ('visitor', 'winter', 'permanent');`);
    this.addSql(
      `create table "moorings" ("id" serial primary key, "boat_id" int not null, "above_id" int not null, "since" timestamptz not null, "kind" "mooring_kind" not null);`,
    );
    this.addSql(
      `alter table "moorings" add constraint "moorings_boat_id_foreign" foreign key ("boat_id") references "boats" ("id");`,
    );
    this.addSql(
      `alter table "moorings" add constraint "moorings_above_id_foreign" foreign key ("above_id") references "locks" ("id");`,
    );
  }

  override down(): void {
    this.addSql(`drop table "moorings";`);
    this.addSql(`drop type "mooring_kind";`);
  }
}
