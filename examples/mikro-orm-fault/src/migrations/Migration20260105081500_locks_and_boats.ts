import { Migration } from "@mikro-orm/migrations";

export class Migration20260105081500_locks_and_boats extends Migration {
  override up(): void {
    this.addSql(`create type "lock_state" as enum ('open', 'closed', 'draining');`);
    this.addSql(
      `create table "locks" ("id" serial primary key, "name" varchar(255) not null, "rise_cm" int not null, "state" "lock_state" not null default 'closed');`,
    );
    this.addSql(`alter table "locks" add constraint "locks_name_unique" unique ("name");`);
    this.addSql(
      `create table "boats" ("id" serial primary key, "registration" varchar(12) not null, "length_cm" int not null);`,
    );
    this.addSql(`alter table "boats" add constraint "boats_registration_unique" unique ("registration");`);
  }

  override down(): void {
    this.addSql(`drop table "boats";`);
    this.addSql(`drop table "locks";`);
    this.addSql(`drop type "lock_state";`);
  }
}
