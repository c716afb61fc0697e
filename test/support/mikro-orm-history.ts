/** A configuration of MikroORM. @param migrations its options for them @param imports statements at its top */
export const mikroOrmConfiguration = (
  migrations: string,
  imports = "",
): string => `import { Migrator } from "@mikro-orm/migrations";
import { PostgreSqlDriver } from "@mikro-orm/postgresql";
${imports}
export default {
  driver: PostgreSqlDriver,
  dbName: "canal",
  entities: [],
  discovery: { warnWhenNoEntities: false },
  extensions: [Migrator],
  migrations: ${migrations},
};
`;

/** A repository's files with a MikroORM history; MikroORM itself has to be installed in it. @param files by name, without folder and ending */
export const mikroOrmHistory = (files: Readonly<Record<string, string>>): Record<string, string> => ({
  ".gitignore": "node_modules\n",
  "package.json":
    '{ "type": "module", "dependencies": { "@mikro-orm/migrations": "*", "@mikro-orm/postgresql": "*" } }\n',
  "mikro-orm.config.js": mikroOrmConfiguration('{ path: "migrations", disableForeignKeys: true }'),
  ...Object.fromEntries(
    Object.entries(files).map(([name, classes]) => [
      `migrations/${name}.js`,
      `import { Migration } from "@mikro-orm/migrations";\n\n${classes}`,
    ]),
  ),
});

/** The class of a migration that sends one statement each way. */
export const migrationClass = (name: string, up: string, down: string): string =>
  `export class ${name} extends Migration {
  async up() {
    this.addSql(${JSON.stringify(up)});
  }
  async down() {
    this.addSql(${JSON.stringify(down)});
  }
}
`;
