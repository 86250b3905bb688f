// biome-ignore-all format: the code is as the document prints it.
// biome-ignore-all lint: the code is as the document prints it.
import { inngest } from "./client.ts";
import { pushNotificationService } from "./services.ts";

// The document leaves out the comma after the configuration.
const scheduleReminder = inngest.createFunction(
{
id: "schedule-reminder",
cancelOn: [{ event: "tasks/deleted", if: "event.data.id == async.data.id" }],
},
{ event: "tasks/reminder.created" },
async ({ event, step }) => {
// Step 1
await step.sleepUntil('sleep-until-remind-at-time', event.data.remindAt);
// Step 2
await step.run('send-reminder-push', async ({}) => {
await pushNotificationService.push(event.data.userId, event.data.reminderBody)
})
}
// ...
);

export { scheduleReminder };
