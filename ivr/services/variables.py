"""Every channel variable shared by the dialplan and the controller, in one place.

Set by the dialplan before AGI(): IVR_CALL_ID, IVR_DID, IVR_TRUNK, IVR_CALLER; before Queue(): IVR_ARRIVED.
IVR_ATTEMPT comes with a call to a citizen, IVR_GUEST with one from the page.
Set by the controller when it gives the call back; without IVR_NEXT the dialplan's fallback serves the call.
"""

CALL_ID = "IVR_CALL_ID"  # unique id of the call, also the journal's key; set once in `inbound`
DID = "IVR_DID"  # the number that was dialled, digits only
TRUNK = "IVR_TRUNK"  # name of the trunk the call came by
CALLER = "IVR_CALLER"  # the caller's number, digits and + only; empty when withheld
LANGUAGE = "IVR_LANGUAGE"  # the language chosen, plain ("ru"); CHANNEL(language) may carry a suffix
NEXT = "IVR_NEXT"  # "queue" or "end"
QUEUE = "IVR_QUEUE"  # queue name for Queue(); the one that was waited in, when the call comes back
LEGS = "IVR_LEGS"  # "ural:90&common:0": queues with seconds to wait in each (0: no limit); what is left of them
SECONDS = "IVR_SECONDS"  # of the stretch of waiting that was broken off; empty: no limit
POSITION = "IVR_POSITION"  # the place that a moved caller keeps in the first of them; empty: at the end
ARRIVED = "IVR_ARRIVED"  # since when the caller waits, in whatever queue: seconds of the epoch
GUEST = "IVR_GUEST"  # the call from the page that the web server let in; empty: from a trunk
REGION = "IVR_REGION"  # the region that the caller chose in this call, two digits; empty: none
TICKET = "IVR_TICKET"  # digits of the ticket, shown to the operator
CATEGORY = "IVR_CATEGORY"  # category id
REASON = "IVR_REASON"  # why the call ended, for the journal
PASSED = "IVR_PASSED"  # login of the operator whom an operator passes the caller on to; empty: to a queue
BY = "IVR_BY"  # login of the operator who passes him on
ATTEMPT = "IVR_ATTEMPT"  # the dial by which a citizen is called back; set by the dispatcher
HELD = "IVR_HELD"  # where an operator waits for the citizen who is called back; empty: the citizen is called first
CALLBACK = "IVR_CALLBACK"  # in a queue: that dial, or the id of the callback instead of which the caller waits now
RECORD = "IVR_RECORD"  # "off": this talk is not to be recorded
SLOW = "IVR_SLOW"  # "1" when the caller chose slow mode
SPY = "IVR_SPY"  # the channel that a supervisor's phone may hear
SPY_MODE = "IVR_SPY_MODE"  # whose ears the supervisor reaches: "" nobody's, "w" the operator's, "B" both
