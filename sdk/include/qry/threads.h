/* The thread tags that end the comment of every function pointer in this ABI.
 *
 *   [init]     the host's loading thread, before anything else is called, exactly once.
 *   [any]      any thread, at any time, also concurrently with calls to the same object.
 *   [loop]     the thread that runs the qry_loop in question. It must never block: a watchdog
 *              names the plugin that holds it.
 *   [session]  the thread of that session: for an async driver the loop it was connected on, for
 *              a blocking driver a thread that belongs to this session alone. Calls tagged
 *              [session] never overlap for one session, and a verb is not called before the one
 *              before it has completed.
 *
 * Rationale: a tag that says "thread-safe" answers the wrong question. What a plugin author needs
 * to know is who may call, and what may run at the same time.
 */
#pragma once
