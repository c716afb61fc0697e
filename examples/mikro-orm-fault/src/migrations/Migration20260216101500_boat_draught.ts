import { Migration } from "@mikro-orm/migrations";

export class Migration20260216101500_boat_draught extends Migration {
  override async up(): Promise<void> {
    await this.execute(`alter table "boats" add column "draught_cm" int`);
    await this.execute(`update "boats" set "draught_cm" = "length_cm" / 20`);
    this.addSql(`alter table "boats" alter column "draught_cm" set not null;`);
    this.addSql(`alter table "boats" add constraint "boats_draught_positive" check ("draught_cm" > 0);`);
  }

  override down(): void {
    this.addSql(`alter table "boats" drop constraint "boats_draught_positive";`);
    this.addSql(`alter table "boats" drop column "draught_cm";`);
  }
}
