import { Migration } from "@mikro-orm/migrations";

export class Migration20260202090000_mooring_since_index extends Migration {
  // An index can only be built without blocking writes outside a transaction.
  override isTransactional(): boolean {
    return false;
  }

  override up(): void {
    this.addSql(`create index concurrently "moorings_since_index" on "moorings" ("since");`);
  }

  override down(): void {
    this.addSql(`drop index concurrently "moorings_since_index";`);
  }
}
