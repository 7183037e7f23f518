"""The device card: CPU or GPU with their measured speeds, and in words why there is no choice."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from resnet_sim.assets import translator
from resnet_sim.ui.device_choice import CPU, GPU, DeviceChoice
from resnet_sim.ui.panels.controls import label, row, say
from resnet_sim.ui.panels.segments import Segments
from resnet_sim.ui.theme import Look

_ = translator()


class DeviceCard(QWidget):
    """Shows a DeviceChoice. Choosing is no edit of the document: the numbers are the same on both but for rounding."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._choice: DeviceChoice | None = None
        choices = ((CPU, _("CPU · NumPy")), (GPU, _("GPU · CuPy")))
        self.segments = Segments(look, _("Device"), choices)
        say(
            self.segments,
            _("Device"),
            _("Where the network is computed. The same steps on both, with small differences by rounding."),
        )
        self.speeds, self.reason = label("", "small"), label("", "small")
        self.reason.setWordWrap(True)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        box.addWidget(row(label(_("Device")), None, self.segments))
        box.addWidget(self.speeds)
        box.addWidget(self.reason)
        self.segments.chosen.connect(self._choose)

    def follow(self, choice: DeviceChoice) -> None:
        """Show this one from now on."""
        self._choice = choice
        choice.changed.connect(self.show_devices)
        self.show_devices()

    def show_devices(self) -> None:
        """What was found, which is used, how fast each is."""
        choice = self._choice
        if choice is None:
            return
        why = choice.why_no_gpu
        reason = "" if why is None else why.render(_)
        self.segments.show_value(choice.used, {GPU: reason} if reason else {})
        known = {name: choice.speed(device) for device, name in ((CPU, _("CPU")), (GPU, _("GPU")))}
        speeds = [
            _("{device} {speed} steps/s").format(device=name, speed=f"{round(speed):,}".replace(",", "\u00a0"))
            for name, speed in known.items()
            if speed
        ]
        self.speeds.setText(" · ".join(speeds))
        self.speeds.setVisible(bool(speeds))
        if not reason and len(speeds) == 2 and known[_("CPU")] > known[_("GPU")]:
            reason = _("Small networks are faster on the CPU: starting the work on a GPU takes longer than the work.")
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason))

    def _choose(self, device: str) -> None:
        if self._choice is not None:
            self._choice.choose(device)
            self.show_devices()
