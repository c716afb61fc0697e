const object =
  "table|index|view|schema|sequence|type|domain|function|procedure|trigger|role|user|group|database|extension|policy|rule|publication|subscription";
const adjective = String.raw`(?:or\s+replace|unlogged|temp(?:orary)?|unique|materialized|event|foreign)`;

const statement = [
  String.raw`(?:create|alter|drop)\s+(?:${adjective}\s+)*(?:${object})\s`,
  String.raw`(?:(?:insert|merge)\s+into|delete\s+from|select|declare|begin)\s`,
  String.raw`(?:update\s[^']*\sset|grant\s[^']*\sto|(?:revoke|copy)\s[^']*\s(?:from|to)|with\s[^']*\sas)\s`,
  String.raw`truncate\s+\S|do\s+\$|call\s+[\w.]+\s*\(`,
].join("|");

const beginning = new RegExp(String.raw`^(?:e|u&)?(?:'|\$\w*\$)\s*(?:${statement})`, "i");

/**
 * Whether a constant holds SQL, by its first words. That is never left out as a secret, whatever it is given to: it may be run,
 * and is then what is reviewed.
 */
export const holdsSql = (constant: string): boolean => beginning.test(constant);
