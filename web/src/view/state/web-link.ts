/** Join links as a browser follows them. Pure. */

/** Return the address that a browser follows for a join link: the same link, with https. */
export function webLink(joinLink: string): string {
  return joinLink.replace(/^lanmsg:\/\//, "https://");
}

/** Return the join link that people mean, also when they paste the address of a browser. */
export function pastedLink(text: string): string {
  return text.trim().replace(/^https:\/\//i, "lanmsg://");
}

/** Tell whether an address is one that only this machine reaches: a link with it is of no use to others. */
export function isOwnMachine(address: string): boolean {
  return /^(localhost|127\.|\[::1\])/.test(address);
}
