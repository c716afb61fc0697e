import readline from "node:readline";
import readlinePromises from "node:readline/promises";
import { asksForInput } from "./step-failure.mjs";

/**
 * Makes a question on the terminal fail. Standard input is closed, and a question asked of it would wait for an answer for
 * ever, with a transaction open.
 */
export function refuseInput() {
  const refuse = (query) => Object.assign(new Error(`it asks “${String(query).trim()}”`), { code: asksForInput });
  const { question } = readline.Interface.prototype;
  readline.Interface.prototype.question = function (query, ...rest) {
    if (this.input === process.stdin) throw refuse(query);
    return question.call(this, query, ...rest);
  };
  const { question: questionLater } = readlinePromises.Interface.prototype;
  readlinePromises.Interface.prototype.question = async function (query, ...rest) {
    if (this.input === process.stdin) throw refuse(query);
    return questionLater.call(this, query, ...rest);
  };
}
