"""A small tester of histories: clients drive the service over HTTP while it is tormented, and a checker judges.

history    what each client did and was told, by itself
clients    producers, coordinators, followers, readers, and those who vanish in the middle of a body
arena      services on one log, and the clients at them
nemesis    kill -9, held locks, a clock that steps back, full disks, a database that ends
checker    pure functions over histories and the log as it stands in the end
"""
