/** The comment on every database that Headgate makes on a server of somebody else. */
export const scratchComment = "Scratch database of a Headgate run; may be dropped when nobody is connected to it.";
