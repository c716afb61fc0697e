/** The project's set-up cannot be used; the message is for the person who made it. */
export class SetupError extends Error {
  constructor(message, place = {}) {
    super(message);
    this.name = "SetupError";
    /** `{ file, line }`, relative to the repository root, where a file of the project is at fault; `missing`, where a package is. */
    this.place = place;
  }
}
