// biome-ignore-all format: the code is as the document prints it.
import { inngest } from "./client.ts";

async function nothing() {}

export const onSignup = inngest.createFunction({ id: "on-signup" },
// Single event trigger
{ event: "user/signup" },
nothing);

export const onPurchase = inngest.createFunction({ id: "on-purchase" },
// Event with conditional filter
{
  event: "user/action",
  if: 'event.data.action == "purchase" && event.data.amount > 100'
},
nothing);

export const onMany = inngest.createFunction({ id: "on-many" },
// Multiple triggers (up to 10)
[
  { event: "user/signup" },
  { event: "user/login", if: 'event.data.firstLogin == true' },
  { cron: "0 9 * * *" } // Daily at 9 AM
],
async ({ event }) => event.name);

// The document writes a semicolon inside each of these two triggers.
export const everySixHours = inngest.createFunction({ id: "every-six-hours" },
// Basic cron
{ cron: "0 */6 * * *" }, // Every 6 hours
nothing);

export const fridays = inngest.createFunction({ id: "fridays" },
// With timezone
{ cron: "TZ=Europe/Paris 0 12 * * 5" }, // Fridays at noon Paris time
nothing);

export const weeklyOrAsked = inngest.createFunction({ id: "weekly-or-asked" },
// Combine with events
[
  { event: "manual/report.requested" },
  { cron: "0 0 * * 0" } // Weekly on Sunday
],
nothing);

export const triggered = [onSignup, onPurchase, onMany, everySixHours, fridays, weeklyOrAsked];
