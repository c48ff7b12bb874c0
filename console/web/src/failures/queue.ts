/** Which of the two queues, as it stands in the address. */
export type Queue = "failures" | "dead-letters";

export function queueIn(search: URLSearchParams): Queue {
  return search.get("queue") === "dead-letters" ? "dead-letters" : "failures";
}
